/* The FSA/HSA payment method in the block checkout: a name, a sentence, and the shop's own button. */
( function () {
	'use strict';
	var registry = window.wc && window.wc.wcBlocksRegistry;
	var settings = window.wc && window.wc.wcSettings && window.wc.wcSettings.getPaymentMethodData
		? window.wc.wcSettings.getPaymentMethodData( 'fsa_payments', null )
		: window.wc.wcSettings.getSetting( 'fsa_payments_data', null );
	if ( ! registry || ! settings ) {
		return;
	}
	var element = window.wp.element.createElement;
	var decode = window.wp.htmlEntities.decodeEntities;
	var Content = function () {
		return element( 'div', null, decode( settings.description || '' ) );
	};
	var Label = function ( props ) {
		var PaymentMethodLabel = props.components.PaymentMethodLabel;
		return element( PaymentMethodLabel, { text: decode( settings.title ) } );
	};
	registry.registerPaymentMethod( {
		name: 'fsa_payments',
		label: element( Label ),
		ariaLabel: decode( settings.title ),
		content: element( Content ),
		edit: element( Content ),
		canMakePayment: function () {
			return true;
		},
		placeOrderButtonLabel: decode( settings.button ),
		supports: { features: settings.supports || [ 'products' ] }
	} );
} )();
